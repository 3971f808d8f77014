import { useQuery } from '@tanstack/react-query';
import { importFormatsQuery } from '@/api/queries/imports';
import { t } from './messages';

/** What a format is called; columns that somebody named are none of the list. */
export function useFormatName(): (id: string) => string {
  const formats = useQuery(importFormatsQuery).data?.items ?? [];
  return (id) => formats.find((one) => one.id === id)?.name ?? (id === 'mapped' ? t('formatMapped') : id);
}
