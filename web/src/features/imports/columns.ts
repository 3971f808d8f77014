import type { ImportMapping, MappedField, MappedType } from '@/api/parse/imports';

const FIGURES: ReadonlySet<MappedField> = new Set([
  'quantity',
  'unit_price',
  'gross',
  'fee',
  'tax',
  'settle_amount',
  'fx_rate',
]);

/** Whether what stands in a column is a number, which has a decimal sign. */
export function isFigure(field: MappedField | undefined): boolean {
  return field !== undefined && FIGURES.has(field);
}

/** The mapping with a column taken for a field, or for nothing; a field belongs to one column. */
export function withColumn(mapping: ImportMapping, header: string, field: MappedField | ''): ImportMapping {
  const others = Object.entries(mapping.columns).filter(
    ([name, taken]) => name !== header && taken !== field,
  );
  const columns = Object.fromEntries(field === '' ? others : [...others, [header, field] as const]);
  // A sign belongs to a column of numbers.
  const decimals = Object.fromEntries(
    Object.entries(mapping.decimals).filter(([name]) => isFigure(columns[name])),
  );
  return { ...mapping, columns, decimals };
}

export type Sign = ImportMapping['decimals'][string];

/** The mapping with the decimal sign of one column, or with what its rows say. */
export function withSign(mapping: ImportMapping, header: string, sign: Sign | ''): ImportMapping {
  const { [header]: _, ...others } = mapping.decimals;
  return { ...mapping, decimals: sign === '' ? others : { ...others, [header]: sign } };
}

/** The mapping with a word of the type column taken for a type, or left open. */
export function withLabel(mapping: ImportMapping, label: string, type: MappedType | ''): ImportMapping {
  const { [label]: _, ...others } = mapping.types;
  return { ...mapping, types: type === '' ? others : { ...others, [label]: type } };
}

/** Whether a column has been taken for a field. */
export function hasField(mapping: ImportMapping, field: MappedField): boolean {
  return Object.values(mapping.columns).includes(field);
}
