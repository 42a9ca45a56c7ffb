export { imageTasks } from "./image-tasks.ts";
export type { ImageTaskOptions } from "./image-tasks.ts";
export type { PictureLimits } from "./operations/picture-limits.ts";
export { makeFolder } from "./operations/folder-making.ts";
export { PictureError } from "./picture-error.ts";
