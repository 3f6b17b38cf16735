// The page that draws avatars: it asks its server for one after the other, with the pixels of the one before.
import { createAvatar } from '@dicebear/core';
import * as adventurer from '@dicebear/adventurer';
import * as bigEars from '@dicebear/big-ears';
import * as bigSmile from '@dicebear/big-smile';
import * as croodles from '@dicebear/croodles';
import * as dylan from '@dicebear/dylan';
import * as lorelei from '@dicebear/lorelei';
import * as micah from '@dicebear/micah';
import * as miniavs from '@dicebear/miniavs';
import * as notionists from '@dicebear/notionists';
import * as openPeeps from '@dicebear/open-peeps';
import * as personas from '@dicebear/personas';
import * as toonHead from '@dicebear/toon-head';

const collections = { adventurer, bigEars, bigSmile, croodles, dylan, lorelei, micah, miniavs, notionists, openPeeps, personas, toonHead };

// Collections name the same colour differently.
const names = {
  skin: ['skinColor', 'baseColor'],
  hair: ['hairColor', 'facialHairColor', 'headContrastColor'],
  cloth: ['clothingColor', 'clothesColor', 'shirtColor', 'bodyColor', 'hairAccessoriesColor'],
};

// A drawing is { collection, options, colours: { skin, hair, cloth, ground }, side, crisp }.
function svg({ collection, options, colours, crisp }) {
  const { properties } = collections[collection].schema;
  const all = { ...options, backgroundColor: [colours.ground] };
  for (const [kind, keys] of Object.entries(names)) {
    for (const key of keys) if (properties[key] && colours[kind]) all[key] = [colours[kind]];
  }
  const text = createAvatar(collections[collection], all).toString();
  return crisp ? text.replace(/ shape-rendering="\w+"/, '').replace('<svg ', '<svg shape-rendering="crispEdges" ') : text;
}

const canvas = document.createElement('canvas');
const context = canvas.getContext('2d', { willReadFrequently: true });

// paint gives RGBA, row by row.
async function paint(drawing) {
  const picture = new Image(drawing.side, drawing.side);
  picture.src = URL.createObjectURL(new Blob([svg(drawing)], { type: 'image/svg+xml' }));
  try {
    await picture.decode();
  } finally {
    URL.revokeObjectURL(picture.src);
  }
  canvas.width = canvas.height = drawing.side;
  context.fillStyle = 'white';
  context.fillRect(0, 0, drawing.side, drawing.side);
  context.drawImage(picture, 0, 0, drawing.side, drawing.side);
  return context.getImageData(0, 0, drawing.side, drawing.side).data;
}

// parts lists, by collection and option, the variants that there are.
function parts() {
  const all = {};
  for (const [name, { schema }] of Object.entries(collections)) {
    all[name] = {};
    for (const [key, { items }] of Object.entries(schema.properties)) if (items?.enum) all[name][key] = items.enum;
  }
  return JSON.stringify(all);
}

async function main() {
  let headers = {}, body = parts();
  for (;;) {
    const response = await fetch('next', { method: 'POST', headers, body });
    if (!response.ok) return;
    [headers, body] = [{}, ''];
    try {
      body = await paint(await response.json());
    } catch (error) {
      headers = { problem: encodeURIComponent(String(error)) };
    }
  }
}

main();
