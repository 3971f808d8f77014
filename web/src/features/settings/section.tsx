import type { ReactNode } from 'react';
import { Card } from '@/ui/card';

interface SettingProps {
  label: string;
  note?: ReactNode;
  children: ReactNode;
}

/** One line: what it is on the left, the control on the right; under each other on a phone. */
export function Setting({ label, note, children }: SettingProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-line border-b py-3 last:border-0 last:pb-0">
      <div className="min-w-0 grow basis-56">
        <p className="font-medium">{label}</p>
        {note && <p className="max-w-prose text-muted text-xs">{note}</p>}
      </div>
      {children}
    </div>
  );
}

export function SettingsCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card title={title} className="mb-4">
      {children}
    </Card>
  );
}
