/** Texts that AWS lets anyone write and that must arrive in reports as mere text. */

/** For fields that take any character: tags of EC2, descriptions of snapshots and KMS keys. */
export const HOSTILE = [
  "`code` | @team <script>alert(1)</script>",
  "::error file=a.ts,line=1::owned",
  "[free](https://example.com) <!-- ${{ secrets.TOKEN }} -->",
  "\u202Egnp.exe\u200B =cmd|' /C calc'!A0",
].join("\n");

/** For descriptions of security group rules: AWS takes letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* only. */
export const HOSTILE_RULE = "@team [free](https://example.com) ::error::owned ${{ github.token }} #1 !";

/** For names and tags of services that take letters, digits, spaces and a few signs (S3, IAM). */
export const HOSTILE_PLAIN = "@team =1+1 ::error::owned //x";
