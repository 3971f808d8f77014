import { messages } from '@/lib/i18n';
import { FIGURES, type FigureOf, type FigureText } from '@/ui/figure-words';

const WORDS = {
  ...FIGURES,
  modified_dietz: 'Modified Dietz',
  modified_dietz_is:
    'The gain on the money that was at work on average: the value at the start, and each payment by the share of the period it was there.',
  simple_return: 'Simple return',
  simple_return_is: 'The gain on the value at the start and all that was paid in, whenever that was.',
  roai_net: 'ROAI (Ghostfolio)',
  roai_net_is:
    'Gains of prices less trade fees, on the money invested on average. Dividends and account fees do not count.',
  benchmark: 'Benchmark',
  benchmark_is:
    'What its price did over the same days, in the currency of the portfolio. A price return: distributions are not in it.',
  benchmark_difference: 'Ahead of the benchmark',
  benchmark_difference_is: 'The time-weighted return less the price return of the benchmark, in points.',
  same_flows: 'Same money in the benchmark',
  same_flows_is:
    'What the value at the start and each payment would be worth, had they bought the benchmark at the close of their day.',
  same_flows_gain: 'Gain of the same money',
  same_flows_gain_is: 'What the same money in the benchmark would have gained, and at which rate a year.',
  same_flows_difference: 'Ahead of the same money',
  same_flows_difference_is: 'The money-weighted return less that of the same money in the benchmark.',
  benchmark_volatility: 'Volatility of the benchmark',
  benchmark_volatility_is: 'How much its daily price returns scatter, as a rate a year.',
  benchmark_drawdown_max: 'Largest drawdown of the benchmark',
  benchmark_drawdown_max_is: 'The deepest fall of its price from a high within the period.',
  volatility: 'Volatility',
  volatility_is: 'How much the daily returns scatter, as a rate a year.',
  drawdown_max: 'Largest drawdown',
  drawdown_max_is: 'The deepest fall from a high within the period, money paid in or out left aside.',
  start_value: 'Value at the start',
  start_value_is: 'Value at the end of the day before the period.',
  net_flow: 'Paid in, net',
  net_flow_is: 'Money and assets that came from outside, less what was taken out.',
  end_value: 'Value at the end',
  end_value_is: 'Value at the end of the last day of the period.',
  cost_basis: 'Cost',
  cost_basis_is: 'What the units held were bought for, at the exchange rates of the days of purchase.',
  unrealised_gain: 'Unrealised gain',
  unrealised_gain_is: 'Value of the units held, less their cost.',
  unrealised_gain_price: 'Gain by price',
  unrealised_gain_price_is:
    'The part of the unrealised gain that came from prices in the asset’s own currency.',
  unrealised_gain_fx: 'Gain by currency',
  unrealised_gain_fx_is: 'The part of the unrealised gain that came from exchange rates.',
  realised_gain: 'Realised gain',
  realised_gain_is: 'Proceeds of what was sold, less the cost of the lots it was taken from.',
  income: 'Income',
  income_is: 'Dividends and interest before taxes.',
  fees: 'Fees',
  fees_is: 'Fees paid, those of trades included.',
  taxes: 'Taxes',
  taxes_is: 'Taxes withheld or paid, refunds taken off.',
} as const;

const t = messages(WORDS);

export type FigureName = FigureOf<typeof WORDS>;

export function figureText(name: FigureName): FigureText {
  return { name: t(name), definition: t(`${name}_is`) };
}
