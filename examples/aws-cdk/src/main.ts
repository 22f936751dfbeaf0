/** What `cdk` runs: writes the templates and the code of the functions. */
import { createApp } from './app.ts'

createApp().app.synth()
