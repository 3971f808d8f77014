import type { Run } from '@/api/parse/data-health';
import { providerLabel } from '@/ui/providers';

/** Under a run: who failed, and at what. Nothing where nobody did. */
export function failuresOf({ failures }: Pick<Run, 'failures'>) {
  if (failures.length === 0) return;
  return (
    <ul className="px-4 py-2 text-xs">
      {failures.map(({ provider, detail }) => (
        <li key={provider + detail}>
          <span className="font-medium">{providerLabel(provider)}</span>: {detail}
        </li>
      ))}
    </ul>
  );
}
