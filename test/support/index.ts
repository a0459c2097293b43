/** What several tests need around them: folders, bytes, programs, Python, and whole nodes. */
export { randomBytesOf, sha256Of, textOf, weightsOf } from './bytes.ts'
export { bytesBelow, temporaryFolder, type TemporaryFolder } from './folder.ts'
export { startNode, type NodeOptions, type TestNode } from './node.ts'
export { run, succeedIn, type Finished, type RunOptions } from './process.ts'
export { HUB_VERSIONS, pythonClient, type HubVersion, type PythonClient } from './python.ts'
export { chromium, program, testData, type Tool } from './tool.ts'
