// Live parts of a page: the server sends a part anew when it has changed. Without this the page shows what was when it was loaded.
for (const part of document.querySelectorAll('[data-live]')) {
  const source = new EventSource(`/live/${part.dataset.live}`);
  source.addEventListener('part', ({ data }) => {
    // Not under somebody's fingers: what they are about to press stays where it is.
    if (!part.contains(document.activeElement)) part.innerHTML = JSON.parse(data);
  });
  source.addEventListener('over', () => {
    source.close();
    location.reload();
  });
}
