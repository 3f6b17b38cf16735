// The page that draws avatars.
import { createAvatar } from '@dicebear/core';
import * as croodles from '@dicebear/croodles';
import * as micah from '@dicebear/micah';
import * as notionists from '@dicebear/notionists';
import * as openPeeps from '@dicebear/open-peeps';
import { answerAll } from './answer.js';

const collections = { croodles, micah, notionists, openPeeps };

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
  return all;
}

answerAll(parts(), paint);
