import type { ComponentProps } from 'react';
import { type AssetClassName, assetClassLabel, CREATABLE_CLASSES } from './asset-classes';
import { currencyChoices } from './currency-choices';
import { t } from './messages';
import { SelectField } from './select';

type Rest = Omit<ComponentProps<typeof SelectField>, 'label' | 'choices'>;

/** What an asset is: one of the classes a person can create, or the one it has already. */
export function ClassField({ has, ...rest }: Rest & { has?: AssetClassName }) {
  const classes = new Set([...CREATABLE_CLASSES, ...(has ? [has] : [])]);
  const choices = [...classes].map((value) => ({ value, label: assetClassLabel(value) }));
  return <SelectField label={t('assetClass')} choices={choices} {...rest} />;
}

interface CurrencyProps extends Rest {
  known: readonly { code: string }[] | undefined;
  /** Those that matter here stand first. */
  first: readonly string[];
}

export function CurrencyField({ known, first, ...rest }: CurrencyProps) {
  return <SelectField label={t('currency')} choices={currencyChoices(known ?? [], first)} {...rest} />;
}
