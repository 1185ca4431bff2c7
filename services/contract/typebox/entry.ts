// What of typebox this project runs, as build.ts puts it into one file.
export { Type } from 'typebox';
export { Compile } from 'typebox/compile';
export { default as Schema } from 'typebox/schema';
export { Value } from 'typebox/value';
