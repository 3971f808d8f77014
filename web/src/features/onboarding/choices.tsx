import { useNavigate } from '@tanstack/react-router';
import { useCreateDemo } from '@/api/queries/system';
import { setPreference } from '@/lib/preferences';
import { Button } from '@/ui/button';
import { FormError } from '@/ui/error-state';
import { Icon, type IconName } from '@/ui/icon';
import { t } from './messages';

/** Loads the demo and opens its first portfolio. */
export function useDemo() {
  const demo = useCreateDemo();
  const navigate = useNavigate();
  const load = () =>
    demo.mutate(undefined, {
      onSuccess: ({ portfolio_ids: [first] }) => {
        if (first) setPreference('portfolio', first);
        void navigate({ to: '/' });
      },
    });
  return { load, isPending: demo.isPending, error: demo.error };
}

export function Choices({ portfolioId }: { portfolioId: string }) {
  const navigate = useNavigate();
  const demo = useDemo();
  const params = { id: portfolioId };
  return (
    <>
      <ol className="flex flex-col gap-3">
        <Choice at={1} icon="spark" title={t('demoTitle')} note={t('demoNote')}>
          <Button busy={demo.isPending} onClick={demo.load}>
            {t(demo.isPending ? 'demoLoading' : 'demoGo')}
          </Button>
        </Choice>
        <Choice at={2} icon="upload" title={t('importTitle')} note={t('importNote')}>
          <Button onClick={() => void navigate({ to: '/portfolios/$id/import', params })}>
            {t('importGo')}
          </Button>
        </Choice>
        <Choice at={3} icon="edit" title={t('handTitle')} note={t('handNote')}>
          <Button
            onClick={() =>
              void navigate({ to: '/portfolios/$id/transactions', params, search: { add: true } as never })
            }
          >
            {t('handGo')}
          </Button>
        </Choice>
      </ol>
      <FormError error={demo.error} />
    </>
  );
}

interface ChoiceProps {
  at: number;
  icon: IconName;
  title: string;
  note: string;
  children: React.ReactNode;
}

function Choice({ at, icon, title, note, children }: ChoiceProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-card border border-line p-4">
      <span className="flex size-10 shrink-0 items-center justify-center rounded-full bg-wash text-accent">
        <Icon name={icon} size={20} />
      </span>
      <div className="min-w-0 grow basis-52">
        <h2 className="font-semibold">
          {at}. {title}
        </h2>
        <p className="text-muted text-sm">{note}</p>
      </div>
      {children}
    </li>
  );
}
