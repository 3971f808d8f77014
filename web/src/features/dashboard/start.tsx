import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { usePortfolio } from '@/api/contexts';
import { useCreateDemo } from '@/api/queries/system';
import { Button, buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { FormError } from '@/ui/error-state';
import { Icon, type IconName } from '@/ui/icon';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';

/** A portfolio without transactions: the three ways to the first ones. */
export default function Start({ portfolioId }: { portfolioId: string }) {
  const { select } = usePortfolio();
  const demo = useCreateDemo();
  const block = useWriteBlock();
  const load = () =>
    demo.mutate(undefined, { onSuccess: ({ portfolio_ids: [first] }) => first && select(first) });
  const params = { id: portfolioId };
  return (
    <Card title={t('startTitle')}>
      <p className="mb-4 text-muted">{t('startBody')}</p>
      <ul className="grid gap-4 lg:grid-cols-3">
        <Way icon="upload" title={t('importTitle')} note={t('importNote')}>
          <Link to="/portfolios/$id/import" params={params} className={buttonClass('primary')}>
            {t('importGo')}
          </Link>
        </Way>
        <Way icon="edit" title={t('handTitle')} note={t('handNote')}>
          <Link
            to="/portfolios/$id/transactions"
            params={params}
            search={{ add: true } as never}
            className={buttonClass()}
          >
            {t('handGo')}
          </Link>
        </Way>
        <Way icon="spark" title={t('demoTitle')} note={t('demoNote')}>
          <Button busy={demo.isPending} disabled={block !== undefined} title={block} onClick={load}>
            {t(demo.isPending ? 'demoLoading' : 'demoGo')}
          </Button>
        </Way>
      </ul>
      <FormError error={demo.error} />
    </Card>
  );
}

function Way({ icon, title, note, children }: WayProps) {
  return (
    <li className="flex flex-col items-start gap-2 rounded-card border border-line p-4">
      <span className="flex size-10 items-center justify-center rounded-full bg-wash text-accent">
        <Icon name={icon} size={20} />
      </span>
      <h3 className="font-semibold">{title}</h3>
      <p className="grow text-muted text-sm">{note}</p>
      <div className="mt-2">{children}</div>
    </li>
  );
}

interface WayProps {
  icon: IconName;
  title: string;
  note: string;
  children: ReactNode;
}
