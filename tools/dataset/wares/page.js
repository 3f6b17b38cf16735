// The page that builds wares and draws them: it asks its server for one after the other, with the pixels of the one before.
import { answerAll } from '../answer.js';
import * as THREE from 'three';
import { RoomEnvironment } from 'three/addons/environments/RoomEnvironment.js';
import { bags } from './bags.js';
import { shoes } from './shoes.js';
import { vessels } from './vessels.js';

const makers = { ...vessels, ...bags, ...shoes };

// chance is a source of numbers from 0 to 1 (mulberry32) with what shapes ask of it.
function chance(seed) {
  const r = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  r.in = (a, b) => a + (b - a) * r();
  r.pick = (list) => list[Math.floor(r() * list.length)];
  return r;
}

// build makes a thing: { group, parts: [{ mesh, of }] }, of is 'body' or 'trim'.
function build({ kind, seed }) {
  const r = chance(seed), group = new THREE.Group(), parts = [];
  const thing = {
    add(of, geometry) {
      const mesh = new THREE.Mesh(geometry);
      mesh.castShadow = mesh.receiveShadow = true;
      group.add(mesh);
      parts.push({ mesh, of });
    },
    yaw: undefined,
  };
  makers[kind](r, thing);
  const box = new THREE.Box3().setFromObject(group), middle = box.getCenter(new THREE.Vector3());
  for (const { mesh } of parts) mesh.position.set(-middle.x, -box.min.y, -middle.z);
  const turned = new THREE.Group();
  turned.add(group);
  group.rotation.y = thing.yaw ?? r.in(-0.5, 0.5) + (kind in vessels && r() < 0.35 ? Math.PI : 0);
  turned.updateMatrixWorld(true);
  return { group: turned, parts, camera: camera(turned, r.in(0.12, 0.34), r) };
}

// camera looks at a thing from a little above, so that it fills the picture but for an edge.
function camera(group, tilt, r) {
  const box = new THREE.Box3().setFromObject(group), c = box.getCenter(new THREE.Vector3()), s = box.getSize(new THREE.Vector3());
  const fov = 24, high = s.y * Math.cos(tilt) + s.z * Math.sin(tilt), half = Math.max(s.x, high) / 2;
  const far = half / Math.tan((fov / 2) * Math.PI / 180) * r.in(1.16, 1.4) + s.z / 2;
  const cam = new THREE.PerspectiveCamera(fov, 1, 0.1, 60);
  cam.position.set(c.x, c.y + Math.sin(tilt) * far, c.z + Math.cos(tilt) * far);
  cam.lookAt(c);
  cam.updateMatrixWorld(true);
  return cam;
}

const canvas = document.createElement('canvas');
const renderer = new THREE.WebGLRenderer({ canvas, antialias: true, preserveDrawingBuffer: true });
renderer.toneMapping = THREE.ACESFilmicToneMapping;
renderer.shadowMap.enabled = true;
renderer.shadowMap.type = THREE.PCFShadowMap;
const gl = renderer.getContext();

// The scene stays; things and looks come and go. All looks use the same materials, so that shaders are compiled once.
const scene = new THREE.Scene();
scene.environment = new THREE.PMREMGenerator(renderer).fromScene(new RoomEnvironment(), 0.04).texture;
const sun = new THREE.DirectionalLight(0xffffff, 1.5);
sun.castShadow = true;
sun.shadow.mapSize.set(512, 512);
sun.shadow.radius = 5;
sun.shadow.bias = -0.002;
sun.shadow.normalBias = 0.03;
Object.assign(sun.shadow.camera, { left: -3, right: 3, top: 3, bottom: -3, near: 0.5, far: 14 });
scene.add(sun);
const floor = new THREE.Mesh(new THREE.PlaneGeometry(40, 40), new THREE.ShadowMaterial({ opacity: 0.26 }));
floor.rotation.x = -Math.PI / 2;
floor.receiveShadow = true;
scene.add(floor);

const pattern = Object.assign(new OffscreenCanvas(256, 256)), brush = pattern.getContext('2d');
const texture = new THREE.CanvasTexture(pattern);
texture.colorSpace = THREE.SRGBColorSpace;
texture.wrapS = texture.wrapT = THREE.RepeatWrapping;
texture.anisotropy = 4;
const blank = new THREE.DataTexture(new Uint8Array([255, 255, 255, 255]), 1, 1);
blank.colorSpace = THREE.SRGBColorSpace;
blank.needsUpdate = true;
const materials = {
  body: new THREE.MeshPhysicalMaterial({ map: texture, side: THREE.DoubleSide, clearcoat: 1 }),
  trim: new THREE.MeshPhysicalMaterial({ map: blank, side: THREE.DoubleSide, clearcoat: 1 }),
};

// decorate draws the body's pattern.
function decorate({ pattern: kind, body, second, seed }) {
  const g = brush, n = 256, r = chance(seed);
  g.fillStyle = body;
  g.fillRect(0, 0, n, n);
  g.fillStyle = second;
  switch (kind) {
    case 'dip': { // glaze that has run down from the top
      const y = n * r.in(0.35, 0.6), a = r.in(0, 6), b = r.in(0, 6);
      g.beginPath();
      g.moveTo(0, 0);
      for (let x = 0; x <= n; x += 4) g.lineTo(x, y + 7 * Math.sin((x / n) * 18.85 + a) + 4 * Math.sin((x / n) * 43.98 + b));
      g.lineTo(n, 0);
      g.fill();
      break;
    }
    case 'speckle':
      for (let i = 0; i < 700; i++) { g.beginPath(); g.arc(n * r(), n * r(), r.in(0.6, 2), 0, 7); g.fill(); }
      break;
    case 'band': {
      const y = n * r.in(0.3, 0.5), h = n * r.in(0.12, 0.22);
      g.fillRect(0, y, n, h);
      break;
    }
    case 'stripes': {
      const k = r.pick([4, 5, 6]);
      for (let i = 0; i < k; i++) g.fillRect(0, (i + 0.25) * n / k, n, n / k / 2);
      break;
    }
    case 'dots': {
      const k = 8;
      for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) { g.beginPath(); g.arc((i + 0.25 + (j % 2) * 0.5) * n / k, (j + 0.5) * n / k, n / k * 0.28, 0, 7); g.fill(); }
    }
  }
  texture.needsUpdate = true;
}

const finishes = {
  glossy: { roughness: 0.15, clearcoat: 1, clearcoatRoughness: 0.05, metalness: 0 },
  satin: { roughness: 0.45, clearcoat: 0.3, clearcoatRoughness: 0.3, metalness: 0 },
  matte: { roughness: 0.9, clearcoat: 0, clearcoatRoughness: 0.5, metalness: 0 },
  metal: { roughness: 0.26, clearcoat: 0, clearcoatRoughness: 0.2, metalness: 1 },
};

// picture draws a thing in a look: { finish, pattern, seed, body, second, trim, trimFinish, ground, light }; RGBA, the upper row first.
function picture(thing, look, side) {
  renderer.setSize(side, side, false);
  decorate(look);
  Object.assign(materials.body, finishes[look.finish]);
  Object.assign(materials.trim, finishes[look.trimFinish]);
  materials.trim.color.set(look.trim);
  for (const { mesh, of } of thing.parts) mesh.material = materials[of];
  scene.background = new THREE.Color(look.ground);
  sun.position.set(2.5 * look.light + 0.8, 4.5, 3);
  scene.add(thing.group);
  renderer.render(scene, thing.camera);
  scene.remove(thing.group);
  const pixels = new Uint8Array(4 * side * side), flipped = new Uint8Array(4 * side * side), row = 4 * side;
  gl.readPixels(0, 0, side, side, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  for (let y = 0; y < side; y++) flipped.set(pixels.subarray(y * row, (y + 1) * row), (side - 1 - y) * row);
  return flipped;
}

// What a pen needs to know of a thing, per pixel: the normal's x and y, the part (0 is none; twice its number, and 1 more for trim), the depth.
const shape = new THREE.ShaderMaterial({
  side: THREE.DoubleSide,
  uniforms: { part: { value: 0 }, near: { value: 0 }, far: { value: 1 } },
  vertexShader: 'varying vec3 n; varying float d; void main() { n = normalMatrix * normal; vec4 p = modelViewMatrix * vec4(position, 1.); d = -p.z; gl_Position = projectionMatrix * p; }',
  fragmentShader: 'uniform float part, near, far; varying vec3 n; varying float d; void main() { vec3 k = normalize(n); if (!gl_FrontFacing) k = -k; gl_FragColor = vec4(k.xy * .5 + .5, part / 255., 1. - clamp((d - near) / (far - near), 0., 1.)); }',
});
shape.blending = THREE.NoBlending;
const plain = new THREE.Scene();
let target;

function form(thing, side) {
  if (target?.width !== side) {
    target?.dispose();
    target = new THREE.WebGLRenderTarget(side, side);
  }
  const sphere = new THREE.Box3().setFromObject(thing.group).getBoundingSphere(new THREE.Sphere()), far = thing.camera.position.distanceTo(sphere.center);
  plain.add(thing.group);
  renderer.setRenderTarget(target);
  renderer.setClearColor(0, 0);
  renderer.autoClear = false;
  renderer.clear();
  for (const { mesh } of thing.parts) mesh.visible = false;
  thing.parts.forEach(({ mesh, of }, i) => { // one by one: each has its own part's number
    mesh.material = shape;
    mesh.visible = true;
    shape.uniforms.part.value = 2 * (i + 1) + (of === 'trim' ? 1 : 0);
    shape.uniforms.near.value = far - sphere.radius;
    shape.uniforms.far.value = far + sphere.radius;
    shape.uniformsNeedUpdate = true;
    renderer.render(plain, thing.camera);
    mesh.visible = false;
  });
  for (const { mesh } of thing.parts) mesh.visible = true;
  renderer.autoClear = true;
  const pixels = new Uint8Array(4 * side * side), flipped = new Uint8Array(4 * side * side), row = 4 * side;
  renderer.readRenderTargetPixels(target, 0, 0, side, side, pixels);
  renderer.setRenderTarget(null);
  plain.remove(thing.group);
  for (let y = 0; y < side; y++) flipped.set(pixels.subarray(y * row, (y + 1) * row), (side - 1 - y) * row);
  return flipped;
}

let last; // { key, thing }: a test asks for the same thing in several looks

// answer draws what is asked for: { kind, seed, side, look }; without a look, the form.
function answer({ kind, seed, side, look }) {
  const key = `${kind} ${seed}`;
  if (last?.key !== key) {
    last?.thing.parts.forEach(({ mesh }) => mesh.geometry.dispose());
    last = { key, thing: build({ kind, seed }) };
  }
  return look ? picture(last.thing, look, side) : form(last.thing, side);
}

answerAll({ kinds: Object.keys(makers) }, answer);
