// The gateway as a relying party sees it: where it is, how it is queried, and what every response must be.
import { check } from 'k6';
import crypto from 'k6/crypto';
import http from 'k6/http';

/** @typedef {'discovery' | 'jwks'} Document */
/** @typedef {import('k6/http').RefinedResponse<'text'>} DocumentResponse */

/** Where the gateway listens; any base URL, without the issuer's path. */
export const baseUrl = (__ENV['BASE_URL'] ?? 'https://127.0.0.1:8443').replace(/\/$/, '');

/** The path of the issuer, empty for an issuer that is only a host. */
const issuerPath = (__ENV['ISSUER_PATH'] ?? '').replace(/\/$/, '');

/** The issuer's host, for a gateway that is reached by address. */
const hostHeader = __ENV['HOST_HEADER'];

/** @type {Readonly<Record<Document, string>>} */
export const targets = {
  discovery: `${issuerPath}/.well-known/openid-configuration`,
  jwks: `${issuerPath}/openid/v1/jwks`,
};

/** @type {Readonly<Record<Document, string>>} OIDC Discovery §4.2 and RFC 7517 §8.5. */
const contentTypes = {
  discovery: 'application/json',
  jwks: 'application/jwk-set+json',
};

/** @param {Record<string, string>} headers */
export function withHost(headers = {}) {
  return hostHeader === undefined ? headers : { ...headers, Host: hostHeader };
}

/**
 * Asks for a document.
 * @param {Document} document
 * @param {Record<string, string>} headers
 * @returns {DocumentResponse}
 */
export function request(document, headers = {}) {
  return http.get(baseUrl + targets[document], {
    headers: withHost(headers),
    responseType: 'text',
    tags: { name: document },
  });
}

/**
 * Whether the response is a whole document: the ETag is the digest of exactly the bytes that came.
 * @param {Document} document
 * @param {DocumentResponse} response
 */
export function isWhole(document, response) {
  return check(response, {
    'status is 200': (it) => it.status === 200,
    'media type is the registered one': (it) => it.headers['Content-Type'] === contentTypes[document],
    'ETag is the digest of the body': (it) => it.headers['Etag'] === `"${digest(it)}"`,
    'caches get a max-age': (it) => /^public, max-age=\d+, stale-while-revalidate=\d+, stale-if-error=\d+$/.test(it.headers['Cache-Control'] ?? ''),
  });
}

/** @param {DocumentResponse} response */
export function digest(response) {
  return crypto.sha256(response.body ?? '', 'hex');
}

/** What a relying party does: the discovery document, then the keys, each checked. */
export function fetchPair() {
  isWhole('discovery', request('discovery'));
  isWhole('jwks', request('jwks'));
}

/**
 * The odd and the even iteration request different documents, so that both stay hot.
 * @param {number} iteration
 */
export function fetchOne(iteration) {
  const document = iteration % 2 === 0 ? 'discovery' : 'jwks';
  isWhole(document, request(document));
}

/** Fails the whole run before it starts when nothing responds there. */
export function mustBeServing() {
  const response = request('discovery');
  if (response.status !== 200) {
    throw new Error(`${baseUrl}${targets.discovery} responded with ${response.status} ${response.error}: set BASE_URL, HOST_HEADER and ISSUER_PATH`);
  }
}
