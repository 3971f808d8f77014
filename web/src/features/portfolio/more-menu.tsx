import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { exportUrl, holdingsQuery } from '@/api/queries/portfolios';
import { download } from '@/lib/csv';
import { buttonClass } from '@/ui/button';
import { parseSort } from '@/ui/column';
import { exportItems } from '@/ui/export-items';
import { Icon } from '@/ui/icon';
import { Menu, type MenuItem } from '@/ui/menu';
import { useSearchState } from '@/ui/search-state';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import type { Open } from './dialogs';
import { holdingsCsv } from './export';
import { t } from './messages';
import { SEARCH } from './search';

interface MoreMenuProps {
  id: string;
  disabled: boolean;
  onOpen: (open: Open) => void;
}

/** What is done to the portfolio as a whole. */
export function MoreMenu({ id, disabled, onOpen }: MoreMenuProps) {
  const block = useWriteBlock();
  const { toast } = useUi();
  const navigate = useNavigate();
  const [{ sort }] = useSearchState(SEARCH);
  const { data } = useQuery(holdingsQuery(id));
  const isBlocked = disabled || block !== undefined;
  const save = () => {
    if (!data) return;
    download(`holdings-${data.as_of}.csv`, 'text/csv;charset=utf-8', holdingsCsv(data, parseSort(sort)));
    toast({ text: t('exported', { count: data.items.length }) });
  };
  const items: MenuItem[] = [
    {
      id: 'forecast',
      label: t('forecast'),
      icon: 'fan',
      disabled,
      run: () => void navigate({ to: '/predictions', search: { portfolio: id } as never }),
    },
    {
      id: 'advice',
      label: t('advice'),
      icon: 'pie',
      disabled,
      run: () => void navigate({ to: '/portfolios/$id/advice', params: { id } }),
    },
    { id: 'edit', label: t('edit'), icon: 'edit', disabled: isBlocked, run: () => onOpen({ kind: 'edit' }) },
    {
      id: 'lots',
      label: t('lotMethods'),
      icon: 'columns',
      disabled: isBlocked,
      run: () => onOpen({ kind: 'lots' }),
    },
    {
      id: 'prices',
      label: t('loadPrices'),
      icon: 'upload',
      disabled: isBlocked,
      run: () => onOpen({ kind: 'prices' }),
    },
    {
      id: 'export',
      label: t('exportCsv'),
      icon: 'download',
      disabled: isBlocked || !data?.items.length,
      run: save,
    },
    ...exportItems((format) => exportUrl(id, format), isBlocked),
    {
      id: 'tax',
      label: t('taxReport'),
      icon: 'file',
      disabled,
      run: () => void navigate({ to: '/portfolios/$id/tax-report', params: { id } }),
    },
    {
      id: 'erase',
      label: t('erase'),
      icon: 'trash',
      isDangerous: true,
      disabled: isBlocked,
      run: () => onOpen({ kind: 'erase' }),
    },
  ];
  return (
    <Menu label={t('more')} items={items} buttonClassName={buttonClass('secondary', 'px-0')}>
      <Icon name="more" size={18} />
    </Menu>
  );
}
