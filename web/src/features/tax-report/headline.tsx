import type { TaxReport } from '@/api/parse/tax-report';
import { Amount } from '@/ui/amount';
import { Stat, StatRow } from '@/ui/card';
import { Gain } from '@/ui/delta';
import { OfYear } from './explained-year';
import { t } from './messages';

/** The year in six figures. */
export function Headline({ data }: { data: TaxReport }) {
  const currency = data.base_currency;
  const reason = t('noValue');
  const days = String(data.long_term_days);
  return (
    <StatRow>
      <Stat label={t('realised')} note={t('realisedNote')}>
        <OfYear figure="realised_gain" data={data}>
          <Gain value={data.realised_gain} currency={currency} reason={reason} />
        </OfYear>
      </Stat>
      <Stat label={t('longTerm')} note={t('longTermNote', { days })}>
        <OfYear figure="realised_gain_long" data={data}>
          <Gain value={data.long.gain} currency={currency} reason={reason} />
        </OfYear>
      </Stat>
      <Stat label={t('shortTerm')} note={t('shortTermNote', { days })}>
        <OfYear figure="realised_gain_short" data={data}>
          <Gain value={data.short.gain} currency={currency} reason={reason} />
        </OfYear>
      </Stat>
      <Stat
        label={t('income')}
        note={
          <>
            {t('withheldNote')}{' '}
            <OfYear figure="taxes_withheld" data={data}>
              <Amount value={data.withheld} currency={currency} reason={reason} />
            </OfYear>
          </>
        }
      >
        <OfYear figure="income" data={data}>
          <Amount value={data.income_total} currency={currency} reason={reason} />
        </OfYear>
      </Stat>
      <Stat label={t('taxes')} note={t('taxesNote')}>
        <OfYear figure="taxes" data={data}>
          <Amount value={data.taxes.total} currency={currency} reason={reason} />
        </OfYear>
      </Stat>
      <Stat
        label={t('fees')}
        note={
          <>
            {t('feesNote')}{' '}
            <OfYear figure="fees_in_cost" data={data}>
              <Amount value={data.fees.in_cost} currency={currency} reason={reason} />
            </OfYear>
          </>
        }
      >
        <OfYear figure="fees" data={data}>
          <Amount value={data.fees.total} currency={currency} reason={reason} />
        </OfYear>
      </Stat>
    </StatRow>
  );
}
