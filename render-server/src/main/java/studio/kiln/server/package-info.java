/** The render server and every headless command; embeddable. */
@NullMarked
package studio.kiln.server;

import org.jspecify.annotations.NullMarked;
