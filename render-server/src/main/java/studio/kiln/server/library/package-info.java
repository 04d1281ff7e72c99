/** Models: announcing, receiving, checking, inspecting. */
@NullMarked
package studio.kiln.server.library;

import org.jspecify.annotations.NullMarked;
