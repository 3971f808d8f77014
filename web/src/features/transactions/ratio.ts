import { absolute, add, type Dec, dec, sign, subtract } from '@/lib/decimal';
import { exact, plainPercent } from '@/lib/format';
import { splitParts } from '@/lib/split-ratio';
import { type FormValues, ratioOf } from './draft';
import { t } from './messages';

/** "1 for 10 (× 1.1)", as the form asks it for the type. */
export function ratioSaid(type: string, ratio: Dec): string {
  const { after, before } = splitParts(ratio);
  const fresh = type === 'bonus' ? subtract(after, before) : after;
  return t('ratioSaid', { after: exact(fresh), before: exact(before), ratio: exact(ratio) });
}

/** What the two numbers come to, in words; undefined while they are none. */
export function ratioMeaning(values: FormValues): string | undefined {
  const { ratioNew, ratioOld } = values;
  const ratio = ratioOf(values);
  if (!ratio || !ratioNew || !ratioOld || sign(ratioNew) <= 0 || sign(ratioOld) <= 0) return;
  const said = { after: exact(ratioNew), before: exact(ratioOld), ratio: exact(ratio.value) };
  if (!ratio.isExact) {
    const after = values.type === 'bonus' ? exact(add(ratioNew, ratioOld)) : said.after;
    return t('ratioEndless', { ...said, after });
  }
  const more = subtract(ratio.value, dec('1'));
  return t(sign(more) < 0 ? 'ratioFewer' : 'ratioMore', { ...said, percent: plainPercent(absolute(more)) });
}
