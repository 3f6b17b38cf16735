// What the pages that paint share: they ask their server for one picture after the other, with the pixels of the one before.

// Flat colours take a hundredth of their size, and large bodies pass slowly from process to process.
async function packed(pixels) {
  return new Response(new Blob([pixels]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer();
}

// answerAll says what there is (about, as JSON), and then has answer give RGBA, row by row, for each question.
export async function answerAll(about, answer) {
  let headers = {}, body = await packed(JSON.stringify(about));
  for (;;) {
    const response = await fetch('next', { method: 'POST', headers, body });
    if (!response.ok) return;
    [headers, body] = [{}, ''];
    try {
      body = await packed(await answer(await response.json()));
    } catch (error) {
      headers = { problem: encodeURIComponent(String(error.stack ?? error)) };
    }
  }
}
