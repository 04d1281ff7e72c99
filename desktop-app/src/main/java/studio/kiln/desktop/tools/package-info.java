/** Tools around the studio that no room needs. */
@NullMarked
package studio.kiln.desktop.tools;

import org.jspecify.annotations.NullMarked;
