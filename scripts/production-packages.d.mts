export interface ProductionPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly homepage?: string;
  readonly integrity?: string;
  readonly installs: boolean;
  readonly needs: readonly string[];
}

export function publishedPackages(): readonly { readonly name: string; readonly version: string }[];
export function productionPackages(): readonly ProductionPackage[];
export function withoutPlatform(name: string): string;
