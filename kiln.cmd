@echo off
rem Starts Kiln from its sources on Windows: finds a JDK 25, then leaves the rest to launcher\WindowsLauncher.java.
setlocal EnableExtensions DisableDelayedExpansion
set "KILN_ROOT=%~dp0"
set "KILN_JDK="

if defined KILN_JAVA_HOME call :ask "%KILN_JAVA_HOME%"
if defined JAVA_HOME call :ask "%JAVA_HOME%"
for %%V in ("Eclipse Adoptium" "Java" "Microsoft" "Zulu" "Amazon Corretto" "BellSoft" "OpenJDK" "RedHat") do (
    for /d %%D in ("%ProgramFiles%\%%~V\*") do call :ask "%%~D"
)
for /d %%D in ("%LOCALAPPDATA%\Programs\Eclipse Adoptium\*" "%USERPROFILE%\.jdks\*" "%USERPROFILE%\scoop\apps\*jdk*") do call :ask "%%~D"
for /f "delims=" %%J in ('where javac 2^>nul') do call :ask "%%~dpJ.."

if not defined KILN_JDK (
    echo kiln: missing: JDK 25, which Kiln is built and run with. Install it with: winget install EclipseAdoptium.Temurin.25.JDK 1>&2
    exit /b 3
)
"%KILN_JDK%\bin\java.exe" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "%KILN_ROOT%launcher\WindowsLauncher.java" "%KILN_JDK%" "%KILN_ROOT%." %*
exit /b %ERRORLEVEL%

rem Takes the JDK in folder %1 when it has a compiler, is 25 or newer, and none was taken yet.
:ask
if defined KILN_JDK exit /b 0
if not exist "%~1\bin\javac.exe" exit /b 0
for /f "tokens=3" %%W in ('""%~1\bin\java.exe" -version 2>&1" ^| findstr /c:" version "') do (
    for /f "delims=.-+ tokens=1" %%M in ("%%~W") do if %%M GEQ 25 set "KILN_JDK=%~1"
)
exit /b 0
