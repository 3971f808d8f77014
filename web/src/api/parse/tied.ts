import type * as z from 'zod/mini';
import type { AllTrue, Tied } from '@/api/tied';
import type * as identity from './identity';
import type * as imports from './imports';
import type * as market from './market';
import type * as portfolios from './portfolios';
import type * as system from './system';
import type * as transactions from './transactions';

type Of<T extends z.core.$ZodType> = z.infer<T>;

/** Read by the compiler alone: no code comes of it. */
export type Ties = AllTrue<{
  AuthStatus: Tied<Of<typeof identity.AuthStatus>, 'AuthStatus'>;
  Registered: Tied<Of<typeof identity.Registered>, 'Registered'>;
  Me: Tied<Of<typeof identity.Me>, 'Me'>;
  SignedIn: Tied<Of<typeof identity.SignedIn>, 'SignedIn'>;
  Sessions: Tied<Of<typeof identity.Sessions>, 'Sessions'>;
  Asset: Tied<Of<typeof market.Asset>, 'AssetOut'>;
  Assets: Tied<Of<typeof market.Assets>, 'AssetList'>;
  Rate: Tied<Of<typeof market.Rate>, 'RateOut'>;
  Currencies: Tied<Of<typeof market.Currencies>, 'CurrencyList'>;
  PricesWritten: Tied<Of<typeof market.PricesWritten>, 'PricesPut'>;
  PriceImport: Tied<Of<typeof market.PriceImport>, 'PriceImportOut'>;
  Portfolio: Tied<Of<typeof portfolios.Portfolio>, 'PortfolioOut'>;
  Portfolios: Tied<Of<typeof portfolios.Portfolios>, 'PortfolioList'>;
  Holding: Tied<Of<typeof portfolios.Holding>, 'HoldingOut'>;
  Holdings: Tied<Of<typeof portfolios.Holdings>, 'HoldingsOut'>;
  Lots: Tied<Of<typeof portfolios.Lots>, 'LotsOut'>;
  RealisedGains: Tied<Of<typeof portfolios.RealisedGains>, 'RealisedList'>;
  Performance: Tied<Of<typeof portfolios.Performance>, 'PerformanceOut'>;
  Allocation: Tied<Of<typeof portfolios.Allocation>, 'AllocationOut'>;
  Accounts: Tied<Of<typeof portfolios.Accounts>, 'AccountList'>;
  CashFlows: Tied<Of<typeof portfolios.CashFlows>, 'CashFlowList'>;
  Transaction: Tied<Of<typeof transactions.Transaction>, 'TransactionOut'>;
  Transactions: Tied<Of<typeof transactions.Transactions>, 'TransactionList'>;
  TransactionDetail: Tied<Of<typeof transactions.TransactionDetail>, 'TransactionDetail'>;
  Correction: Tied<Of<typeof transactions.Correction>, 'Correction'>;
  BatchCreated: Tied<Of<typeof transactions.BatchCreated>, 'BatchOut'>;
  ImportFormats: Tied<Of<typeof imports.ImportFormats>, 'FormatList'>;
  Import: Tied<Of<typeof imports.Import>, 'ImportOut'>;
  ImportConfirmed: Tied<Of<typeof imports.ImportConfirmed>, 'ImportConfirmed'>;
  Imports: Tied<Of<typeof imports.Imports>, 'ImportList'>;
  ImportRows: Tied<Of<typeof imports.ImportRows>, 'ImportRowList'>;
  RevertPreview: Tied<Of<typeof imports.RevertPreview>, 'RevertPreviewOut'>;
  Demo: Tied<Of<typeof system.Demo>, 'DemoOut'>;
  Job: Tied<Of<typeof system.Job>, 'JobState'>;
}>;
