import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Asset } from '@/api/parse/market';
import { assetsQuery } from './market';

const TYPING_MS = 200;
const FOUND_MAX = 12;

export interface AssetSearch {
  items: readonly Asset[];
  /** The answer to what stands in the field now is still to come. */
  isSearching: boolean;
}

/** Assets that match what is being typed, asked for once it rests; nothing while `text` is undefined or empty. */
export function useAssetSearch(text: string | undefined): AssetSearch {
  const wanted = text?.trim() ?? '';
  const [rested, setRested] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setRested(wanted), TYPING_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const found = useQuery({ ...assetsQuery(rested, FOUND_MAX), enabled: wanted !== '' && rested !== '' });
  return { items: found.data?.items ?? [], isSearching: found.isFetching || rested !== wanted };
}
