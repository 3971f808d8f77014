import { useState } from 'react';
import { csv, download } from '@/lib/csv';
import { t } from './messages';

interface AsTableProps {
  name: string;
  header: readonly string[];
  /** Called when the table is opened: a long series costs nothing before. */
  rows: () => readonly (readonly string[])[];
}

/** Under each chart: the same figures as a real table, and as CSV. */
export function AsTable({ name, header, rows }: AsTableProps) {
  const [isOpen, setOpen] = useState(false);
  const body = isOpen ? rows() : [];
  const save = () => download(`${name}.csv`, 'text/csv;charset=utf-8', csv([header, ...body]));
  return (
    <details className="mt-2 text-xs" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit rounded-sm py-1 text-muted hover:text-text">{t('showTable')}</summary>
      {isOpen && (
        <>
          <div
            role="group"
            aria-label={name}
            tabIndex={0}
            className="max-h-56 overflow-auto rounded-md border border-line"
          >
            <table className="w-full border-collapse">
              <thead className="sticky top-0 bg-panel">
                <tr>
                  {header.map((title, i) => (
                    <th
                      key={title}
                      scope="col"
                      className={`px-3 py-1.5 font-medium ${i ? 'text-end' : 'text-start'}`}
                    >
                      {title}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {body.map((row) => (
                  <tr key={row[0]} className="border-line border-t">
                    {row.map((cell, i) => (
                      <td key={header[i]} className={`px-3 py-1 ${i ? 'text-end' : 'text-start'}`}>
                        {cell}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <button
            type="button"
            onClick={save}
            className="mt-2 min-h-9 rounded-control border border-line px-3 text-sm hover:border-control"
          >
            {t('downloadCsv')}
          </button>
        </>
      )}
    </details>
  );
}
