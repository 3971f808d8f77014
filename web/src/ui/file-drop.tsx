import { type DragEvent, type ReactNode, useId, useState } from 'react';
import { cx } from './class';
import { Icon } from './icon';
import { t } from './messages';

interface FileDropProps {
  /** ".csv,.json": what the browser offers; the server decides. */
  accept?: string;
  hint?: ReactNode;
  disabled?: boolean;
  onFile: (file: File) => void;
}

export function FileDrop({ accept, hint, disabled, onFile }: FileDropProps) {
  const id = useId();
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !disabled) onFile(file);
  };
  return (
    <label
      htmlFor={id}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cx(
        'flex cursor-pointer flex-col items-center gap-1 rounded-card border-2 border-dashed px-6 py-8 text-center',
        'has-focus-visible:outline-2 has-focus-visible:outline-accent has-disabled:opacity-55',
        isOver ? 'border-accent bg-wash' : 'border-control hover:border-accent',
      )}
    >
      <Icon name="upload" size={26} className="text-accent" />
      <span className="font-medium">{t('dropFile')}</span>
      {hint && <span className="text-muted text-sm">{hint}</span>}
      <input
        id={id}
        type="file"
        accept={accept}
        disabled={disabled}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          // Choosing the same file again must count as a choice.
          event.target.value = '';
          if (file) onFile(file);
        }}
      />
    </label>
  );
}
