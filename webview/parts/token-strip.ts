/** The prompt, token by token: which position is studied, and which tokens a node reads. */
import * as l10n from '@vscode/l10n';
import { nothing, render } from 'lit-html';
import type { Side } from '#core/format/comparison';
import type { PromptToken } from '#core/format/flow-graph';
import { showToken, showTokenInFull } from '#core/text/token-text';
import { html } from '../lib/dom/html';
import { wordsOf } from '../state/shown-comparison';
import { element, setAttributes } from '../lib/dom/element';
import type { PageState } from '../state/page-state';
import { sourcesOf } from '../state/shown-graph';
import type { Page, Part } from '../state/page';

/** @param side names the strip and its tokens where there are two */
export function createTokenStrip(page: Page, side?: Side): Part {
  const name = side === undefined ? '' : `${side}-`;
  const strip = element('div', {
    class: 'token-strip',
    testId: `${name}token-strip`,
    attributes: {
      role: page.live ? 'listbox' : 'list',
      'aria-orientation': page.live ? 'horizontal' : null,
      tabindex: page.live ? null : 0,
    },
  });
  let tokens: readonly HTMLElement[] = [];

  /** Shows at its edges that there is more of the strip. */
  const hint = (): void => {
    strip.classList.toggle('more-above', strip.scrollTop > 1);
    strip.classList.toggle('more-below', strip.scrollTop + strip.clientHeight < strip.scrollHeight - 1);
  };
  const showCurrent = (): void => {
    const position = page.state().request?.position;
    if (position !== undefined) tokens[position]?.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
  };
  strip.addEventListener('scroll', hint, { passive: true });
  // Another width has other lines.
  new ResizeObserver(() => {
    showCurrent();
    hint();
  }).observe(strip);

  const choose = (index: number): void => {
    const position = Math.min(tokens.length - 1, Math.max(0, index));
    if (position !== page.state().request?.position) page.ask({ position });
    tokens[position]?.focus();
  };

  strip.addEventListener('click', (event) => {
    const index = tokens.indexOf(event.target as HTMLElement);
    if (page.live && index >= 0) choose(index);
  });
  strip.addEventListener('pointerover', (event) => {
    const index = tokens.indexOf(event.target as HTMLElement);
    page.dispatch({ type: 'hoverToken', token: index < 0 ? null : index });
  });
  strip.addEventListener('pointerleave', () => page.dispatch({ type: 'hoverToken', token: null }));
  if (page.live) {
    strip.addEventListener('keydown', (event) => {
      const at = page.state().request?.position ?? 0;
      const to = { ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: tokens.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(to);
    });
  }

  const draw = (state: PageState): void => {
    const graph = state.shown?.graph;
    const said = (graph?.tokens.length ?? 0) - (state.shown?.generated ?? 0);
    setAttributes(strip, {
      'aria-label':
        side === undefined || state.compared?.whatIf ? l10n.t('Prompt tokens') : l10n.t`Prompt tokens of ${wordsOf(state)[side].name}`,
    });
    render(
      graph?.tokens.map(
        (token, i) =>
          html`<span
              class="token${token.special ? ' special' : ''}${i >= said ? ' said' : ''}"
              data-testid="${name}token-${i}"
              role=${page.live ? 'option' : 'listitem'}
              title=${titleOf(token, i)}
              >${showToken(token)}</span
            >${
              // A line break in the prompt breaks the line here too.
              token.text.includes('\n') ? html`<span class="token-break" role="presentation"></span>` : nothing
            }`,
      ),
      strip,
    );
    tokens = [...strip.querySelectorAll<HTMLElement>('.token')];
    hint();
  };

  return {
    element: strip,
    update(state, before) {
      const redrawn = state.shown?.graph.tokens !== before?.shown?.graph.tokens;
      const focused = redrawn && strip.contains(document.activeElement);
      if (redrawn) draw(state);
      const position = state.request?.position;
      if (redrawn || position !== before?.request?.position) {
        tokens.forEach((token, i) => {
          const current = i === position;
          token.classList.toggle('current', current);
          if (page.live) setAttributes(token, { 'aria-selected': current ? 'true' : 'false', tabindex: current ? 0 : -1 });
          else setAttributes(token, { 'aria-current': current ? 'true' : null });
        });
        const current = position === undefined ? undefined : tokens[position];
        current?.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
        if (focused) current?.focus();
      }
      if (redrawn || state.hovered !== before?.hovered) {
        const sources = state.shown && state.hovered ? sourcesOf(state.shown, state.hovered) : [];
        tokens.forEach((token, i) => token.classList.toggle('source', sources.includes(i)));
        const [only] = sources;
        if (sources.length === 1 && only !== undefined) tokens[only]?.scrollIntoView?.({ block: 'nearest' });
      }
    },
  };
}

function titleOf(token: PromptToken, position: number): string {
  const what = l10n.t`Position ${position}: ${showTokenInFull(token)} (id ${token.id})`;
  return token.special ? `${what}\n${l10n.t('A mark of the vocabulary, which stands for no text')}` : what;
}
