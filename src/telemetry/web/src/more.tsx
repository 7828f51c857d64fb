// A list that shows its first items, and the rest when asked.
import type {ComponentChildren} from 'preact';
import {useState} from 'preact/hooks';

export function More({first, all, children}: {first: number; all: number; children: (most: number) => ComponentChildren}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      {children(open ? all : first)}
      {all > first && !open && <button type="button" class="more" onClick={() => setOpen(true)}>Show {all - first} more</button>}
    </>
  );
}
