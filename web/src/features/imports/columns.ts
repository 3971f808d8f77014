import type { ImportMapping, MappedField, MappedType } from '@/api/parse/imports';

/** The mapping with a column taken for a field, or for nothing; a field belongs to one column. */
export function withColumn(mapping: ImportMapping, header: string, field: MappedField | ''): ImportMapping {
  const others = Object.entries(mapping.columns).filter(
    ([name, taken]) => name !== header && taken !== field,
  );
  const columns = Object.fromEntries(field === '' ? others : [...others, [header, field] as const]);
  return { ...mapping, columns };
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
