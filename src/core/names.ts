// The names that the registry deals in. Each parser takes text from outside and either gives the one normal form
// of it or says what was expected; past these parsers a name is trusted.

export type Registry = string & { readonly __name: 'registry' };
export type Region = string & { readonly __name: 'region' };
export type Repository = string & { readonly __name: 'repository' };
export type Tag = string & { readonly __name: 'tag' };
export type Digest = string & { readonly __name: 'digest' };

/** A tag of a repository of a registry: what a pipeline calls "the image". */
export interface TagName {
  readonly registry: Registry;
  readonly repository: Repository;
  readonly tag: Tag;
}

export type Parsed<T> =
  | { readonly type: 'valid'; readonly value: T }
  | { readonly type: 'invalid'; readonly message: string };

const valid = <T>(value: T): Parsed<T> => ({ type: 'valid', value });

/** Shows what came without letting a huge or binary text into an answer or a log. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

const invalid = (expected: string, text: string): Parsed<never> => ({
  type: 'invalid',
  message: `expected ${expected}, got ${shown(text)}`,
});

/**
 * A registry's resource name: 5 to 50 letters and digits, compared without case; lower case here.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcontainerregistry
 */
export function parseRegistry(text: string): Parsed<Registry> {
  return /^[a-zA-Z0-9]{5,50}$/.test(text)
    ? valid(text.toLowerCase() as Registry)
    : invalid('a registry name of 5 to 50 letters and digits', text);
}

/**
 * An Azure region by its name (`eastus`) or display name (`East US`): the same region, `eastus` here.
 * https://learn.microsoft.com/azure/reliability/regions-list
 */
export function parseRegion(text: string): Parsed<Region> {
  const name = text.replaceAll(' ', '').toLowerCase();
  return text.length <= 60 && /^[a-z][a-z0-9]{1,39}$/.test(name)
    ? valid(name as Region)
    : invalid('a region like "eastus" or "East US"', text);
}

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/**
 * A repository, `public/products/web`: lower-case components of letters and digits parted by `/`, up to 256 characters.
 * Grammar `<name>` of https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests,
 * length by https://learn.microsoft.com/azure/container-registry/container-registry-concepts.
 */
export function parseRepository(text: string): Parsed<Repository> {
  return text.length <= 256 && REPOSITORY.test(text)
    ? valid(text as Repository)
    : invalid('a repository like "public/products/web" of at most 256 characters', text);
}

/** A tag: up to 128 of letters, digits, `_`, `.` and `-`, case matters. Grammar `<reference>` of the distribution spec. */
export function parseTag(text: string): Parsed<Tag> {
  return /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(text)
    ? valid(text as Tag)
    : invalid('a tag of at most 128 letters, digits, "_", "." and "-"', text);
}

/**
 * A digest of one of the registered algorithms, sha256 (64 hex digits) or sha512 (128), in lower case.
 * https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
 */
export function parseDigest(text: string): Parsed<Digest> {
  return /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/.test(text)
    ? valid(text as Digest)
    : invalid('a digest like "sha256:<64 hex digits>" or "sha512:<128 hex digits>"', text);
}

/** What `REPOSITORY[:TAG][@DIGEST]` names; without a tag it means `latest`, as everywhere with images. */
export interface Image {
  readonly repository: Repository;
  readonly tag: Tag;
  readonly digest?: Digest;
}

/** Reads `public/products/web:1.2` or `public/products/web:1.2@sha256:…`, without a registry in front. */
export function parseImage(text: string): Parsed<Image> {
  const at = text.indexOf('@');
  const name = at === -1 ? text : text.slice(0, at);
  const colon = name.indexOf(':');
  const repository = parseRepository(colon === -1 ? name : name.slice(0, colon));
  if (repository.type === 'invalid') {
    return repository;
  }
  const tag = parseTag(colon === -1 ? 'latest' : name.slice(colon + 1));
  if (tag.type === 'invalid') {
    return tag;
  }
  if (at === -1) {
    return valid({ repository: repository.value, tag: tag.value });
  }
  const digest = parseDigest(text.slice(at + 1));
  return digest.type === 'invalid'
    ? digest
    : valid({ repository: repository.value, tag: tag.value, digest: digest.value });
}

/** `public/products/web:1.2` */
export function imageName({ repository, tag }: { repository: Repository; tag: Tag }): string {
  return `${repository}:${tag}`;
}

/** One text per tag, different for different tags (none of the parts can hold a colon). */
export function tagKey({ registry, repository, tag }: TagName): string {
  return `${registry}:${repository}:${tag}`;
}
