import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AssetDetail } from '@/api/parse/assets';
import { identifiersQuery } from '@/api/queries/assets';
import { formatDay } from '@/lib/dates';
import { assetClassLabel } from '@/ui/asset-classes';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { linkClass } from '@/ui/class';
import { Fact } from '@/ui/fact';
import { useWriteBlock } from '@/ui/write-block';
import type { Open } from './dialogs';
import { schemeLabel, t } from './messages';

interface AboutProps {
  asset: AssetDetail;
  onOpen: (open: Open) => void;
}

/** What it is called, here and elsewhere, now and before. */
export function AboutCard({ asset, onOpen }: AboutProps) {
  const identifiers = useQuery(identifiersQuery(asset.id)).data?.items ?? [];
  const block = useWriteBlock();
  const isMine = asset.scope === 'tenant' && !asset.is_simulated;
  return (
    <Card
      title={t('about')}
      action={
        isMine && (
          <Button
            kind="ghost"
            icon="edit"
            disabled={block !== undefined}
            title={block}
            onClick={() => onOpen({ kind: 'edit' })}
          >
            {t('edit')}
          </Button>
        )
      }
    >
      <dl className="grid grid-cols-2 gap-x-4 gap-y-2 text-sm sm:grid-cols-4">
        <Fact label={t('class')}>{assetClassLabel(asset.asset_class)}</Fact>
        <Fact label={t('currency')}>{asset.currency}</Fact>
        <Fact label={t('isin')}>{asset.isin ?? '–'}</Fact>
        <Fact label={t('market')}>{asset.mic || '–'}</Fact>
        {identifiers.map(({ scheme, value }) => (
          <Fact key={scheme} label={schemeLabel(scheme)}>
            <span className="break-all">{value}</span>
          </Fact>
        ))}
      </dl>
      {asset.former_symbols.length > 0 && (
        <Section title={t('formerly')}>
          {asset.former_symbols.map(({ symbol, mic, until }) => (
            <li key={`${symbol}@${mic}`}>
              {t('formerUntil', {
                symbol: mic ? `${symbol} (${mic})` : symbol,
                day: formatDay(until.slice(0, 10)),
              })}
            </li>
          ))}
        </Section>
      )}
      {asset.merged.length > 0 && (
        <Section title={t('alsoIs')}>
          {asset.merged.map(({ asset_id, symbol, name }) => (
            <li key={asset_id} className="flex flex-wrap items-center gap-x-2">
              <Link to="/assets/$id" params={{ id: asset_id }} className={linkClass}>
                {symbol}
              </Link>
              <span className="text-muted">{name}</span>
              <Button
                kind="ghost"
                disabled={block !== undefined}
                title={block}
                onClick={() => onOpen({ kind: 'unmerge', id: asset_id, symbol })}
              >
                {t('part')}
              </Button>
            </li>
          ))}
        </Section>
      )}
    </Card>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-3 text-sm">
      <h3 className="text-muted text-xs">{title}</h3>
      <ul>{children}</ul>
    </section>
  );
}
