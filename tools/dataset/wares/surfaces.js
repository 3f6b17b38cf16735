// Surfaces that things are made of. Lengths are in units of about a hand's breadth; y is up, and a thing stands on y = 0.
import * as THREE from 'three';

export const TAU = 2 * Math.PI;
export const mix = (a, b, t) => a + (b - a) * t;
export const clamp = (t) => Math.min(1, Math.max(0, t));
export const smooth = (t, from = 0, to = 1) => { t = clamp((t - from) / (to - from)); return t * t * (3 - 2 * t); };

// path is a smooth curve through points of two or three numbers; t goes from 0 to 1, evenly in length.
export function path(points) {
  const curve = new THREE.CatmullRomCurve3(points.map(([x, y, z = 0]) => new THREE.Vector3(x, y, z)), false, 'centripetal');
  return (t) => curve.getPointAt(clamp(t));
}

// surface is the grid f(u, v) of columns × rows quads. around: the column u = 1 is the column u = 0. A row of one point is a pole.
export function surface(f, { columns = 64, rows = 48, around = false, texture = (u, v) => [u, v] } = {}) {
  const positions = [], uvs = [], index = [], width = columns + 1;
  for (let j = 0; j <= rows; j++) {
    for (let i = 0; i <= columns; i++) {
      const u = i / columns, v = j / rows, p = f(around && i === columns ? 0 : u, v);
      positions.push(p.x, p.y, p.z);
      uvs.push(...texture(u, v, p));
      if (i < columns && j < rows) {
        const a = j * width + i;
        index.push(a, a + width, a + 1, a + 1, a + width, a + width + 1);
      }
    }
  }
  const g = new THREE.BufferGeometry();
  g.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  g.setAttribute('uv', new THREE.Float32BufferAttribute(uvs, 2));
  g.setIndex(index);
  g.computeVertexNormals();
  const normals = g.attributes.normal, n = new THREE.Vector3(), sum = new THREE.Vector3();
  const share = (all) => { // one normal for vertices at one place
    sum.set(0, 0, 0);
    for (const i of all) sum.add(n.fromBufferAttribute(normals, i));
    if (sum.lengthSq() === 0) return;
    sum.normalize();
    for (const i of all) normals.setXYZ(i, sum.x, sum.y, sum.z);
  };
  if (around) for (let j = 0; j <= rows; j++) share([j * width, j * width + columns]);
  for (const j of [0, rows]) {
    const row = Array.from({ length: width }, (_, i) => j * width + i);
    const at = (i) => new THREE.Vector3().fromBufferAttribute(g.attributes.position, i);
    if (row.every((i) => at(i).distanceTo(at(row[0])) < 1e-3)) share(row);
  }
  return g;
}

// revolved turns a profile [radius, height] around the axis. bend moves a point (angle, height, point) before it is used.
export function revolved(points, { rows = 64, bend = (p) => p, from = 0, to = 1, out = 0 } = {}) {
  const profile = path(points), height = Math.max(...points.map((p) => p[1]));
  return surface((u, v) => {
    const p = profile(mix(from, to, v)), a = u * TAU, r = Math.max(p.x + out, 0);
    return bend(new THREE.Vector3(r * Math.sin(a), p.y, r * Math.cos(a)), a);
  }, { columns: 72, rows, around: true, texture: (u, v, p) => [u, p.y / height] });
}

// radiusAt is a profile's radius at a height, the outermost.
export function radiusAt(points, y) {
  const profile = path(points);
  let best = 0, near = Infinity;
  for (let i = 0; i <= 200; i++) {
    const p = profile(i / 200), d = Math.abs(p.y - y);
    if (d < near - 0.02 || (d < near + 0.02 && p.x > best)) [best, near] = [p.x, Math.min(d, near)];
  }
  return best;
}

// swept is a tube along a curve t → point. radius(t) is its half-width across, flat its thickness as a share of it. across is the direction of the width.
export function swept(curve, radius, { flat = 1, across = new THREE.Vector3(0, 0, 1), rows = 48 } = {}) {
  const along = new THREE.Vector3(), wide = new THREE.Vector3(), thin = new THREE.Vector3();
  return surface((u, v) => {
    const e = 1e-3, p = curve(v);
    along.subVectors(curve(Math.min(1, v + e)), curve(Math.max(0, v - e))).normalize();
    wide.copy(across).addScaledVector(along, -across.dot(along)).normalize();
    thin.crossVectors(along, wide);
    const closes = Math.sqrt(clamp(v * 40)) * Math.sqrt(clamp((1 - v) * 40)), r = radius(v) * closes;
    return p.clone().addScaledVector(wide, r * Math.cos(u * TAU)).addScaledVector(thin, r * flat * Math.sin(u * TAU));
  }, { columns: 16, rows, around: true });
}

// bezier is a cubic curve through the first and last of four points.
export function bezier(a, b, c, d) {
  const curve = new THREE.CubicBezierCurve3(...[a, b, c, d].map(([x, y, z = 0]) => new THREE.Vector3(x, y, z)));
  return (t) => curve.getPoint(clamp(t));
}

// ball is a sphere, squeezed.
export function ball(radius, at, [sx, sy, sz] = [1, 1, 1]) {
  const g = new THREE.SphereGeometry(radius, 28, 20);
  g.scale(sx, sy, sz);
  g.translate(...at);
  return g;
}

// ring is the point of a rounded rectangle's outline at angle a; power 2 is an ellipse, larger ones are squarer.
export function ring(a, width, depth, power) {
  const c = Math.cos(a), s = Math.sin(a), k = Math.pow(Math.abs(c) ** power + Math.abs(s) ** power, -1 / power);
  return [width * c * k, depth * s * k];
}
