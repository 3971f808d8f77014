import { type AssetClassName, assetClassLabel } from '@/ui/asset-classes';
import { t } from './messages';

/** The class of a row of the scoreboard; null is all of them. */
export function classText(name: string | null): string {
  if (name === null) return t('allClasses');
  return name === 'portfolio' ? t('portfolioClass') : assetClassLabel(name as AssetClassName);
}
