/** Puts a button beside the text it holds; pressing it copies the text. `data-copy` and `data-copied` are its words. */
class CopyText extends HTMLElement {
  connectedCallback(): void {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = this.dataset['copy'] ?? ''
    button.addEventListener('click', () => void this.#copy(button))
    this.append(button)
  }

  async #copy(button: HTMLButtonElement): Promise<void> {
    const text = this.querySelector('code')
    if (!text) return
    if (await isCopied(text.textContent)) button.textContent = this.dataset['copied'] ?? ''
    else getSelection()?.selectAllChildren(text)
    setTimeout(() => (button.textContent = this.dataset['copy'] ?? ''), 2000)
  }
}

/** False where the browser has no clipboard for this page, as on plain http. */
async function isCopied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false // the text is selected instead: one key is left to press
  }
}

customElements.define('copy-text', CopyText)
