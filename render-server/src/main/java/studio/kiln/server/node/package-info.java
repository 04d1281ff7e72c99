/** A node: claims work, renders it in warm sessions, verifies and publishes what comes out. */
@NullMarked
package studio.kiln.server.node;

import org.jspecify.annotations.NullMarked;
