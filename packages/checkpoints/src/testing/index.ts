export { groupWriter } from './group-writer.js';
export { type StoreCase, type StoreUnderTest, storeCases } from './store-cases.js';
