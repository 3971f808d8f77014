/** What is said of an asset, after its symbol where one of the rows has it: the ledger knows assets by id alone. */
export function about(
  rows: readonly { asset_id: string | null; symbol: string | null }[],
  assetId: string | null,
  message: string,
): string {
  const symbol = assetId && rows.find(({ asset_id }) => asset_id === assetId)?.symbol;
  return symbol ? `${symbol}: ${message}` : message;
}
