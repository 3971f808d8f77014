import type { Asked, ExplainedFigure } from '@/api/parse/explanations';
import { Explained } from '@/ui/explained';
import type { Props } from './column';
import { figures, type Of, words } from './column';
import { nameOf, t } from './messages';
import { Rows } from './section';
import { Money } from './values';

interface PortionsProps extends Props {
  asked: Asked;
}

/** What each portfolio has in a figure of all of them; one click away is how that came about. */
export function Portions({ explanation: e, asked }: PortionsProps) {
  const { flow_timing, fees_in_cost } = asked;
  const days = { from: e.from, to: e.to, base_currency: e.base_currency, flow_timing, fees_in_cost };
  const isSeveral = new Set(e.portions.map(({ term }) => term)).size > 1;
  return (
    <Rows<Portion>
      title={t('portions')}
      rows={e.portions.map(({ portfolio_id: of, ...portion }) => ({ of, ...portion }))}
      columns={[
        words('portfolio', t('portfolio'), ({ portfolio_name }) => portfolio_name, true),
        ...(isSeveral ? [words<Portion>('term', t('term'), ({ term }) => nameOf(term))] : []),
        figures('value', t('value'), ({ of, figure, value }) => (
          <Explained asked={{ of, figure: figure as ExplainedFigure, ...days }}>
            <Money value={value} currency={e.base_currency} />
          </Explained>
        )),
      ]}
    />
  );
}

// Its portfolio is the name of the row, and needs no column of its own.
type Portion = Omit<Of<'portions'>, 'portfolio_id'> & { of: string };
