import type { ReactNode } from 'react';

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** One sentence under the title. */
  description?: ReactNode;
  /** Wider than a form: for previews, or for a table of many columns. */
  wide?: boolean | 'table';
  /** At the side of the window, as high as it: for the details of a row. */
  side?: boolean;
  /** An alert dialog does not close by a click beside it. */
  alert?: boolean;
  /** The first field of a form gets the focus; what is no form says where by `data-dialog-focus`. */
  children: ReactNode;
}
