/** What is uploaded: manifests of files, their digests, and the rules that their paths obey. */
@NullMarked
package studio.kiln.core.asset;

import org.jspecify.annotations.NullMarked;
