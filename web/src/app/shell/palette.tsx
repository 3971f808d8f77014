import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { type ReactNode, useState } from 'react';
import { usePortfolio } from '@/api/contexts';
import { useAssetSearch } from '@/api/queries/asset-search';
import { holdingsQuery, portfoliosQuery } from '@/api/queries/portfolios';
import { t } from '@/app/messages';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { preference, setPreference, shownTheme } from '@/lib/preferences';
import { Dialog } from '@/ui/dialog';
import { Icon, type IconName } from '@/ui/icon';
import { navLinks } from './links';

const GROUP =
  'mb-1 [&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-muted [&_[cmdk-group-heading]]:text-xs';

interface PaletteProps {
  open: boolean;
  onClose: () => void;
}

export default function Palette({ open, onClose }: PaletteProps) {
  return (
    <Dialog open={open} onClose={onClose} title={t('commands')}>
      <Commands onDone={onClose} />
    </Dialog>
  );
}

function Commands({ onDone }: { onDone: () => void }) {
  const navigate = useNavigate();
  const { portfolioId, select } = usePortfolio();
  const portfolios = useQuery(portfoliosQuery).data?.items ?? [];
  const holdings = useQuery({ ...holdingsQuery(portfolioId ?? ''), enabled: portfolioId !== undefined }).data;
  const [text, setText] = useState('');
  const found = useAssetSearch(text.trim() === '' ? undefined : text).items;
  const held = new Set(holdings?.items.map(({ asset_id }) => asset_id));
  const run = (action: () => void) => () => {
    onDone();
    action();
  };
  const params = { id: portfolioId ?? '' };
  return (
    <Command label={t('commands')} loop>
      <Command.Input
        data-dialog-focus
        value={text}
        onValueChange={setText}
        placeholder={t('searchHint')}
        className="min-h-11 w-full rounded-control border border-control bg-panel px-3 placeholder:text-muted"
      />
      <Command.List className="mt-2 max-h-[min(24rem,60dvh)] overflow-y-auto">
        <Group heading={t('goTo')}>
          {navLinks(portfolioId).map(({ to, label, icon, key }) => (
            <Item key={to} icon={icon} hint={`g ${key}`} onSelect={run(() => void navigate({ to, params }))}>
              {label}
            </Item>
          ))}
        </Group>
        {portfolioId !== undefined && (
          <Group heading={t('actions')}>
            <Item
              icon="plus"
              onSelect={run(
                () =>
                  void navigate({
                    to: '/portfolios/$id/transactions',
                    params,
                    search: { add: true } as never,
                  }),
              )}
            >
              {t('addTransaction')}
            </Item>
            <Item icon="upload" onSelect={run(() => void navigate({ to: '/portfolios/$id/import', params }))}>
              {t('importFile')}
            </Item>
          </Group>
        )}
        <Group heading={t('settings')}>
          <Item
            icon="eyeOff"
            hint="h"
            keywords={t('privacyWords')}
            onSelect={run(() => setPreference('privacy', preference('privacy') === 'show' ? 'hide' : 'show'))}
          >
            {t('togglePrivacy')}
          </Item>
          <Item
            icon="moon"
            keywords={t('themeWords')}
            onSelect={run(() => setPreference('theme', shownTheme() === 'dark' ? 'light' : 'dark'))}
          >
            {t('toggleTheme')}
          </Item>
        </Group>
        {portfolios.length > 1 && (
          <Group heading={t('portfolios')}>
            {portfolios.map(({ id, name }) => (
              <Item
                key={id}
                value={`${name} ${id}`}
                icon="wallet"
                onSelect={run(() => {
                  select(id);
                  void navigate({ to: '/portfolios/$id', params: { id } });
                })}
              >
                {name}
              </Item>
            ))}
          </Group>
        )}
        {holdings && holdings.items.length > 0 && (
          <Group heading={t('holdings')}>
            {holdings.items.map((asset) => (
              <Item
                key={asset.asset_id}
                value={`${asset.symbol} ${asset.name} ${asset.asset_id}`}
                icon="chart"
                onSelect={run(() => void navigate({ to: '/assets/$id', params: { id: asset.asset_id } }))}
              >
                <span className="font-medium">{symbolOf(asset)}</span>{' '}
                <span className="text-muted">{nameBeside(asset)}</span>
              </Item>
            ))}
          </Group>
        )}
        <Command.Group heading={t('assets')} className={GROUP}>
          {found
            .filter(({ id }) => !held.has(id))
            .map((asset) => (
              <Item
                key={asset.id}
                value={`${text} ${asset.symbol} ${asset.name} ${asset.id}`}
                icon="chart"
                onSelect={run(() => void navigate({ to: '/assets/$id', params: { id: asset.id } }))}
              >
                <span className="font-medium">{symbolOf(asset)}</span>{' '}
                <span className="text-muted">{nameBeside(asset)}</span>
              </Item>
            ))}
          <Item
            value={`${text} ${t('searchMarket')}`}
            icon="search"
            onSelect={run(
              () =>
                void navigate({ to: '/search', search: (text.trim() ? { q: text.trim() } : {}) as never }),
            )}
          >
            {text.trim() ? t('searchMarketFor', { text: text.trim() }) : t('searchMarket')}
          </Item>
        </Command.Group>
      </Command.List>
    </Command>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group heading={heading} className={GROUP}>
      {children}
    </Command.Group>
  );
}

interface ItemProps {
  icon: IconName;
  value?: string;
  /** Other words it is found by. */
  keywords?: string;
  hint?: string;
  onSelect: () => void;
  children: ReactNode;
}

function Item({ icon, value, keywords, hint, onSelect, children }: ItemProps) {
  return (
    <Command.Item
      {...(value ? { value } : {})}
      keywords={keywords?.split(' ') ?? []}
      onSelect={onSelect}
      className="flex min-h-10 cursor-pointer items-center gap-3 rounded-control px-3 data-[selected=true]:bg-wash"
    >
      <Icon name={icon} size={18} className="shrink-0 text-muted" />
      <span className="min-w-0 truncate">{children}</span>
      {hint && <kbd className="ms-auto font-sans text-muted text-xs">{hint}</kbd>}
    </Command.Item>
  );
}
