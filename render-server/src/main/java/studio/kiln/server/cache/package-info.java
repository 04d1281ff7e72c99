/** Answers that are cheap to keep and can always be built again. */
@NullMarked
package studio.kiln.server.cache;

import org.jspecify.annotations.NullMarked;
