package studio.kiln.core.api;

/** Name and password of somebody who wants in. */
public record SignIn(String name, String password) {
    /** Never shows the password. */
    @Override
    public String toString() {
        return "SignIn[" + name + "]";
    }
}
