import { type ReactNode, useState } from 'react';
import { Button } from './button';
import { Dialog, DialogFooter } from './dialog';
import { FormError } from './error-state';
import { TextField } from './field';
import { t } from './messages';

interface ConfirmProps {
  open: boolean;
  title: string;
  /** What will happen, and whether it can be undone. */
  children: ReactNode;
  /** The verb on the button: "Delete", "Revert". */
  action: string;
  isDangerous?: boolean;
  busy?: boolean;
  error?: Error | null;
  /** The person must type this first. */
  typed?: string;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm(props: ConfirmProps) {
  const { open, title, children, action, isDangerous, busy, error, typed, onConfirm, onClose } = props;
  return (
    <Dialog open={open} onClose={onClose} title={title} alert>
      <ConfirmBody
        key={String(open)}
        {...{ children, action, onConfirm, onClose, error: error ?? null, busy: busy ?? false }}
        isDangerous={isDangerous ?? false}
        typed={typed ?? ''}
      />
    </Dialog>
  );
}

function ConfirmBody(props: Required<Omit<ConfirmProps, 'open' | 'title'>>) {
  const [text, setText] = useState('');
  const { typed } = props;
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (text === typed && !props.busy) props.onConfirm();
      }}
    >
      <div className="text-sm">{props.children}</div>
      {typed && (
        <TextField
          label={t('typeToConfirm', { text: typed })}
          value={text}
          onChange={(event) => setText(event.target.value)}
          autoComplete="off"
        />
      )}
      <FormError error={props.error} />
      <DialogFooter>
        <Button onClick={props.onClose}>{t('cancel')}</Button>
        <Button
          type="submit"
          kind={props.isDangerous ? 'danger' : 'primary'}
          busy={props.busy}
          disabled={text !== typed}
        >
          {props.action}
        </Button>
      </DialogFooter>
    </form>
  );
}
