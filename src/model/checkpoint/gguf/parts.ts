/** Models whose GGUF file was cut into several, as llama.cpp names them: `model-00001-of-00003.gguf` and so on. */

const PART = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i;

/** The names of all parts of which a file is one; the file alone where it is whole. */
export function partsOf(file: string): readonly string[] {
  const [, name, , count] = PART.exec(file) ?? [];
  // A number that is too large to be true would only make a long list.
  const parts = Number(count);
  if (name === undefined || parts < 1 || parts > MAX_PARTS) return [file];
  return Array.from({ length: parts }, (_, i) => `${name}-${String(i + 1).padStart(5, '0')}-of-${count}.gguf`);
}

const MAX_PARTS = 1000;

/** Whether a name is that of a GGUF file: by its end, or as Ollama names its files, by their checksum. */
export function isGgufName(name: string): boolean {
  return /\.gguf$/i.test(name) || isOllamaBlob(name);
}

/** Whether a name is one that Ollama gives to its files. */
export function isOllamaBlob(name: string): boolean {
  return /^sha256-[0-9a-f]{64}$/.test(name);
}

/** Whether a file, by its name, is one through which a model sees or hears, and not the model. */
export function isProjectorName(name: string): boolean {
  return /(?<![a-z])mmproj(?![a-z]).*\.gguf$/i.test(name);
}

/** The GGUF files of models among files of these names; projectors where there is nothing else. */
export function modelFilesOf(files: Iterable<string>): string[] {
  const all = [...files].filter(isGgufName);
  const models = all.filter((file) => !isProjectorName(file));
  return models.length > 0 ? models : all;
}
