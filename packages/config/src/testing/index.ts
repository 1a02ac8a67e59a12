export { type HostileFile, hostileFiles } from './hostile-files.js';
export { type LayerFiles, type LayerTexts, layerFiles } from './layer-files.js';
