import { sign } from '@/lib/decimal';
import { Amount } from '@/ui/amount';
import { type FormValues, previewOf } from './draft';
import { t } from './messages';

/** What the figures add up to while they are typed. */
export function FormPreview({ values }: { values: FormValues }) {
  const { gross, costs, total, movesMoney } = previewOf(values);
  const { currency, settleCurrency, settleAmount } = values;
  return (
    <div className="rounded-card bg-wash px-4 py-3 text-sm" aria-live="polite">
      <p className="mb-1 font-medium text-xs">{t('preview')}</p>
      {gross === undefined && costs === undefined ? (
        <p className="min-h-6 text-muted">{t(movesMoney ? 'previewNothing' : 'previewNoMoney')}</p>
      ) : (
        <dl className="flex min-h-6 flex-wrap items-baseline gap-x-6 gap-y-1">
          {gross !== undefined && (
            <Item label={t('previewAmount')}>
              <Amount value={gross} currency={currency} />
            </Item>
          )}
          {costs !== undefined && (
            <Item label={t('previewCosts')}>
              <Amount value={costs} currency={currency} />
            </Item>
          )}
          {settleAmount !== undefined && settleCurrency !== '' && (
            <Item label={t('previewCharged')}>
              <Amount value={settleAmount} currency={settleCurrency} />
            </Item>
          )}
          {total !== undefined && (
            <Item label={t(sign(total) < 0 ? 'previewOut' : 'previewIn')} isStrong>
              <Amount value={total} currency={currency} signed />
            </Item>
          )}
        </dl>
      )}
    </div>
  );
}

function Item({
  label,
  isStrong,
  children,
}: {
  label: string;
  isStrong?: boolean;
  children: React.ReactNode;
}) {
  return (
    <div className={isStrong ? 'ms-auto flex items-baseline gap-2' : 'flex items-baseline gap-2'}>
      <dt className="text-muted">{label}</dt>
      <dd className={isStrong ? 'font-semibold text-base' : 'font-medium'}>{children}</dd>
    </div>
  );
}
