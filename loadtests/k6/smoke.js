// One relying party for a few seconds: are both documents there, whole, and right? Run it first, and after a deployment.
import { fetchPair, mustBeServing } from './gateway.js';
import { options as shared } from './shared.js';

export const options = shared({ executor: 'shared-iterations', vus: 1, iterations: 20, maxDuration: '30s' });

export { mustBeServing as setup };

export default fetchPair;
