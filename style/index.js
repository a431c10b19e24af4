import '@xyflow/react/dist/base.css';
import './base.css';
import './diff.css';
import './panels.css';
