import { t } from '@/app/messages';
import type { IconName } from '@/ui/icon';

export interface NavLink {
  to:
    | '/'
    | '/portfolios/$id'
    | '/portfolios/$id/transactions'
    | '/portfolios/$id/import'
    | '/predictions'
    | '/news'
    | '/watchlists'
    | '/data-health'
    | '/settings';
  label: string;
  icon: IconName;
  /** The second key after g. */
  key: string;
  /** Behind “More” in the bar of a phone, which has room for five. */
  isMore?: boolean;
  /** Pages under it that have no entry of their own. */
  under?: RegExp;
}

/** The pages that there are. Those of one portfolio are left out while there is none. */
export function navLinks(portfolioId: string | undefined): NavLink[] {
  const all: NavLink[] = [
    { to: '/', label: t('dashboard'), icon: 'dashboard', key: 'd' },
    {
      to: '/portfolios/$id',
      label: t('portfolio'),
      icon: 'pie',
      key: 'p',
      under: /^\/portfolios\/[^/]+\/tax-report$/,
    },
    { to: '/portfolios/$id/transactions', label: t('transactions'), icon: 'list', key: 't' },
    { to: '/portfolios/$id/import', label: t('import'), icon: 'upload', key: 'i' },
    {
      to: '/predictions',
      label: t('predictions'),
      icon: 'fan',
      key: 'f',
      isMore: true,
      under: /^\/predictions\/|^\/portfolios\/[^/]+\/advice$/,
    },
    { to: '/news', label: t('news'), icon: 'file', key: 'n', isMore: true },
    { to: '/watchlists', label: t('watchlists'), icon: 'eye', key: 'w', isMore: true },
    { to: '/data-health', label: t('dataHealth'), icon: 'pulse', key: 'h', isMore: true },
    { to: '/settings', label: t('settings'), icon: 'settings', key: 's', isMore: true },
  ];
  return portfolioId === undefined ? all.filter(({ to }) => !to.includes('$id')) : all;
}
