export function hasApt(): boolean;
export function debianSuites(): { own: string; newer: string[] };
export function unpackDebianPackage(options: { packageName: string; suite: string; folder: string }): Promise<string>;
export function ownSources(own: string, aptFolder?: string): ReadonlyMap<string, string>[];
