// The page's entry: shell first, values as they come.

import 'uplot/dist/uPlot.min.css';
import './style/theme.css';
import './style/frame.css';
import './style/parts.css';
import './style/overview.css';
import './style/circuit.css';
import './style/charts.css';
import { render } from 'preact';
import { App } from './app';
import { applySettings } from './settings';
import { store } from './store';

applySettings();
store.start();
render(<App />, document.getElementById('app')!);
